// Takes mail for dest.test only, and hands it on to the next hop through Haraka's own queue on disk.
'use strict';

exports.hook_rcpt = function (next, connection, [recipient]) {
  if (recipient.host !== 'dest.test') return next(DENY, 'No such user');
  connection.relaying = true;
  next(OK);
};

exports.hook_get_mx = function (next) {
  const port = Number(this.config.get('next_hop'));
  next(OK, { exchange: '127.0.0.1', port, priority: 0 });
};
