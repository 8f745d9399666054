import logging

from odoo import api, fields, models, release
from odoo.modules.module import get_manifest

from ..const.component import COMPONENT_CHECKS, COMPONENT_LEVELS
from ..tools.mask import mask_addresses
from .finding import Finding

_logger = logging.getLogger(__name__)

MODULE = "mail_delivery_status"
_WORST_FIRST = [level for level, _label in COMPONENT_LEVELS]


class MailComponent(models.AbstractModel):
    """Is everything in order? Looks into all that must work so that mails leave and come back.

    Each subject is looked into by a method ``_check_<subject>()`` that yields findings, in files of their own. Nothing
    is changed and no connection is made.
    """

    _name = "mail.component"
    _description = "What E-mails Depend on"

    # === WHAT IS FOUND === #

    @api.model
    def _findings(self):
        """What all checks have found, the worst first.

        :return: list of (word of ``COMPONENT_CHECKS``, Finding)
        """
        found = [(check, finding) for check, _label in COMPONENT_CHECKS for finding in self._look_into(check)]
        return sorted(found, key=lambda pair: _WORST_FIRST.index(pair[1].level))

    def _look_into(self, check):
        """What one check finds. If it fails, that is found, and the others go on.

        :rtype: list[Finding]
        """
        try:
            with self.env.cr.savepoint():
                return list(getattr(self.sudo(), f"_check_{check}")())
        except Exception:
            _logger.exception("The check “%s” failed", check)
            return [
                Finding("warning", self.env._("This could not be checked."), self.env._("Odoo's log says what failed."))
            ]

    @api.model
    def _worst(self, found):
        """The worst level of some findings.

        :param found: as :meth:`_findings` returns it
        """
        return min((finding.level for _check, finding in found), key=_WORST_FIRST.index, default="ok")

    @api.model
    def _summary(self, found):
        """How it stands, in a sentence."""
        levels = [finding.level for _check, finding in found]
        counts = {level: levels.count(level) for level in _WORST_FIRST}
        if counts["danger"]:
            return self.env._(
                "Something is not in order. To be put right: %(danger)s. To be looked at: %(warning)s.", **counts
            )
        if counts["warning"]:
            return self.env._("E-mails can be sent. To be looked at: %(warning)s.", **counts)
        return self.env._("Everything is in order.")

    @api.model
    def _as_json(self):
        """The same for monitoring programs, in English, without the addresses of people.

        :rtype: dict
        """
        component = self.with_context(lang="en_US")
        found, labels = component._findings(), dict(COMPONENT_CHECKS)
        return {
            "status": self._worst(found),
            "summary": component._summary(found),
            "checked_at": f"{fields.Datetime.now().isoformat(timespec='seconds')}Z",
            "module_version": get_manifest(MODULE)["version"],
            "odoo_version": release.version,
            "findings": [
                {
                    "check": check,
                    "name": labels[check],
                    "level": finding.level,
                    "text": mask_addresses(str(finding.text)),
                    "advice": mask_addresses(str(finding.advice)),
                }
                for check, finding in found
            ],
        }

    # === FOR THE CHECKS === #

    @api.model
    def _is_neutralized(self):
        """Whether this database is a copy that Odoo's ``neutralize`` has switched off."""
        return bool(self.env["ir.config_parameter"].sudo().get_param("database.is_neutralized"))

    @api.model
    def _from_notices(self, notices, advice):
        """What people read above the buffer, as findings: it is said in the same words here.

        :param notices: (level, text, records), as of ``mail.mail._server_notices()``; "info" is how it was wanted
        """
        for level, text, records in notices:
            yield Finding("ok" if level == "info" else level, text, "" if level == "info" else advice, records)
