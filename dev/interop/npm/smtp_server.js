// smtp-server with a queue: smtp_server.js JSON (host, port, nextHop, size, queue, key, cert).
// A mail is a file, synced and renamed before the server says yes, and sent on until the next hop has it.
'use strict';

const fs = require('fs');
const path = require('path');
const { randomBytes } = require('crypto');
const { SMTPServer } = require('smtp-server');
const nodemailer = require('nodemailer');

const facts = JSON.parse(process.argv[2]);
const onward = nodemailer.createTransport({ host: '127.0.0.1', port: facts.nextHop, ignoreTLS: true });

function refuse(code, text) {
  return Object.assign(new Error(text), { responseCode: code });
}

function keep(id, envelope, content) {
  const file = path.join(facts.queue, id);
  const handle = fs.openSync(`${file}.new`, 'w');
  fs.writeSync(handle, JSON.stringify(envelope) + '\n');
  fs.writeSync(handle, content);
  fs.fsyncSync(handle);
  fs.closeSync(handle);
  fs.renameSync(`${file}.new`, file);
}

async function sendOn(id) {
  const file = path.join(facts.queue, id);
  const content = fs.readFileSync(file);
  const end = content.indexOf('\n');
  await onward.sendMail({ envelope: JSON.parse(content.subarray(0, end)), raw: content.subarray(end + 1) });
  fs.unlinkSync(file);
}

function retry(id) {
  sendOn(id).catch(() => setTimeout(retry, 500, id));
}

const server = new SMTPServer({
  authOptional: true,
  size: facts.size,
  key: fs.readFileSync(facts.key),
  cert: fs.readFileSync(facts.cert),
  onRcptTo(address, _session, done) {
    done(address.address.endsWith('@dest.test') ? null : refuse(550, 'No such user'));
  },
  onData(stream, session, done) {
    const id = randomBytes(8).toString('hex');
    const chunks = [Buffer.from(`Received: from ${session.hostNameAppearsAs} by smtp-server.odoo.test with ESMTP id ${id}\r\n`)];
    stream.on('data', (chunk) => chunks.push(chunk));
    stream.on('end', () => {
      if (stream.sizeExceeded) return done(refuse(552, 'Message too big'));
      const { mailFrom, rcptTo } = session.envelope;
      keep(id, { from: mailFrom.address, to: rcptTo.map((one) => one.address) }, Buffer.concat(chunks));
      done(null, `Message queued as ${id}`);
      retry(id);
    });
  },
});

server.on('error', (error) => console.error(error.message));
server.listen(facts.port, facts.host);
fs.readdirSync(facts.queue).filter((name) => !name.endsWith('.new')).forEach(retry);
