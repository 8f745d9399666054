import logging

from odoo import SUPERUSER_ID, api, models

_logger = logging.getLogger(__name__)

STEP = "mail_delivery_status/doctor"


class MailServerDoctor(models.TransientModel):
    """Tells the person who checks a server of each step as it is over: by bus, in database transactions of its own.

    The check itself is one request, and what it writes is committed at its end. Told are the names of steps and how
    they came out, to that person alone; what was found is shown when the check is done, also where nothing was told.
    """

    _inherit = "mail.server.doctor"

    def _teller(self):
        """What is called with each step.

        :rtype: Callable[[Step], None]
        """
        registry, partner_id, doctor_id = self.env.registry, self.env.user.partner_id.id, self.id

        def tell(step):
            outcome = {"step": step.name, "outcome": step.outcome.value, "seconds": round(step.seconds, 2)}
            tell_now(registry, partner_id, {"doctor_id": doctor_id, **outcome})

        return tell


def tell_now(registry, partner_id, payload):
    """Put a message for one person on the bus, and commit. That nobody hears of it is no reason for a check to fail."""
    try:
        with registry.cursor() as cr:
            cr.execute("SET LOCAL synchronous_commit TO off")  # of no use after a crash
            env = api.Environment(cr, SUPERUSER_ID, {})
            env["bus.bus"]._sendone(env["res.partner"].browse(partner_id), STEP, payload)
    except Exception:  # the database's trouble
        _logger.warning("A step of a check could not be told", exc_info=True)
