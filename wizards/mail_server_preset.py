from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..const.presets import AUTOCONFIG_PROBLEMS, DNS_STATES, PRESET_NEEDS
from ..tools.presets import (
    BY_KEY,
    PROVIDERS,
    WITHOUT_SOURCE,
    Address,
    AddressError,
    Answers,
    AutoconfigError,
    Need,
    parse_autoconfig,
    preset_of_domain,
    preset_of_mx,
    preset_of_provider,
    preset_of_srv,
)
from ..tools.presets.autoconfig import MOST_BYTES, Reason
from .upload import UploadError, is_too_big, uploaded

# What the providers need that Odoo has an add-on for: its name, and what it calls the way to log in.
_OAUTH = {Need.GOOGLE_OAUTH: ("google_gmail", "gmail"), Need.MICROSOFT_OAUTH: ("microsoft_outlook", "outlook")}
LIMITS = ("limit_minute", "limit_hour", "limit_day")
# Filled in with what was found, and then the administrator's to change.
_FILLED = {"compute": "_compute_settings", "compute_sudo": False, "store": True, "readonly": False}
_DEPENDS = ("address", "provider", "region", "answers", "config_file")


class MailServerPreset(models.TransientModel):
    """From an e-mail address to a mail server: shows what is known and where from, and makes or changes the server.

    For administrators. It has no password: that is typed into the server's own form. Nothing is asked of DNS until
    somebody presses the button, and nothing else of the network.
    """

    _name = "mail.server.preset"
    _description = "Mail Server from an Address"

    address = fields.Char("E-mail Address", help="The address that mails are to be sent from.")
    provider = fields.Selection(
        "_provider_names", compute="_compute_provider", compute_sudo=False, store=True, readonly=False
    )
    region = fields.Selection("_region_names")
    config_file = fields.Binary(
        "Autoconfig File",
        attachment=False,
        help="The file config-v1.1.xml of the domain, for mail programs such as Thunderbird. Odoo does not fetch it:"
        " save it with your browser and load it here.",
    )
    # For the person's browser. A server that calls what somebody types would call hosts of its own network, too.
    config_url = fields.Char(compute="_compute_config_url")
    config_name = fields.Char("File Name")
    answers = fields.Json("DNS Answers", readonly=True)

    # === What was found === #
    problem = fields.Text(compute="_compute_found")
    found = fields.Text(compute="_compute_found")
    sources = fields.Text(compute="_compute_found")
    needs = fields.Text("What else is needed", compute="_compute_found")
    page = fields.Char("The Provider's Page", compute="_compute_found")
    dns_text = fields.Char("DNS", compute="_compute_dns_text")
    has_regions = fields.Boolean(compute="_compute_has_regions")
    oauth_app = fields.Char("Add-on", compute="_compute_oauth")
    is_oauth_ready = fields.Boolean(compute="_compute_oauth")

    # === The outgoing server === #
    name = fields.Char(**_FILLED)
    smtp_host = fields.Char("SMTP Server", **_FILLED)
    smtp_port = fields.Integer("SMTP Port", **_FILLED)
    smtp_encryption = fields.Selection("_encryption_names", "Encryption", **_FILLED)
    smtp_user = fields.Char("User Name", **_FILLED)
    login = fields.Selection(
        [("password", "User name and password"), ("oauth", "Signing in with the provider (OAuth)")],
        "Log in with",
        **_FILLED,
    )
    from_filter = fields.Char(
        "For mails from",
        **_FILLED,
        help="A mailbox sends for its own address. A service that knows your domain sends for all of its addresses.",
    )
    limit_minute = fields.Integer("E-mails per Minute", **_FILLED)
    limit_hour = fields.Integer("E-mails per Hour", **_FILLED)
    limit_day = fields.Integer("E-mails per Day", **_FILLED)

    # === The mailbox === #
    imap_host = fields.Char("IMAP Server", **_FILLED)
    imap_port = fields.Integer("IMAP Port", **_FILLED)
    imap_user = fields.Char("IMAP User Name", **_FILLED)

    @api.model
    def _provider_names(self):
        return [(provider.key, provider.name) for provider in PROVIDERS]

    @api.model
    def _region_names(self):
        return [(region, region) for region in sorted({region for one in PROVIDERS for region in one.regions})]

    @api.model
    def _encryption_names(self):
        return self.env["ir.mail_server"]._fields["smtp_encryption"]._description_selection(self.env)

    # === LOOKING UP === #

    def _parsed(self):
        """The address, None as long as there is none.

        :rtype: Address | None
        """
        try:
            return Address.parse(self.address or "")
        except AddressError:
            return None

    def _dns(self):
        """What DNS said of this very domain.

        :rtype: Answers
        """
        answers = self.answers if isinstance(self.answers, dict) else {}
        address = self._parsed()
        if not address or answers.get("domain") != address.ascii_domain:
            return Answers("")
        return Answers(answers.get("state", ""), answers.get("mx", []), answers.get("srv", {}))

    def _preset_or_none(self):
        """As :meth:`_preset`; None for a file that is of no use, which the form says."""
        try:
            return self._preset()
        except AutoconfigError:
            return None

    def _preset(self):
        """What is known: of the file, else of the provider, else of what the domain says itself.

        :rtype: Preset | None
        :raise AutoconfigError: the file is of no use
        """
        address = self._parsed()
        if not address:
            return None
        if self.config_file:
            return parse_autoconfig(self._file_content(), address)
        if self.provider in BY_KEY:
            for known in (preset_of_domain(address), preset_of_mx(address, self._dns().mx)):
                if known and known.provider.key == self.provider:
                    return known
            return preset_of_provider(BY_KEY[self.provider], address, self.region or "")
        return preset_of_srv(address, self._dns().srv)

    def _file_content(self):
        try:
            return uploaded(self, "config_file", MOST_BYTES)
        except UploadError as error:
            reason, place = (Reason.TOO_BIG, "") if error.is_too_big else (Reason.BROKEN, "1:1")
            raise AutoconfigError(reason, place) from error

    @api.constrains("config_file")
    def _check_config_file(self):
        for wizard in self:
            if is_too_big(wizard, "config_file", MOST_BYTES):
                raise ValidationError(self.env._(AUTOCONFIG_PROBLEMS[Reason.TOO_BIG.value]))

    @api.depends("address", "answers")
    def _compute_provider(self):
        for wizard in self:
            address = wizard._parsed()
            known = address and (preset_of_domain(address) or preset_of_mx(address, wizard._dns().mx))
            wizard.provider = known.provider.key if known else False

    @api.depends("address")
    def _compute_config_url(self):
        for wizard in self:
            address = wizard._parsed()
            is_known = address and preset_of_domain(address)
            url = address and f"https://autoconfig.{address.ascii_domain}/mail/config-v1.1.xml"
            wizard.config_url = url if not is_known else False

    @api.depends("provider")
    def _compute_has_regions(self):
        for wizard in self:
            wizard.has_regions = wizard.provider in BY_KEY and bool(BY_KEY[wizard.provider].regions)

    @api.depends(*_DEPENDS)
    def _compute_settings(self):
        for wizard in self:
            preset = wizard._preset_or_none()
            smtp, imap = preset and preset.outgoing, preset and preset.incoming
            provider = preset and preset.provider
            wizard.update(
                {
                    "name": preset and f"{preset.name} ({wizard._parsed()})",
                    "smtp_host": smtp and smtp.host,
                    "smtp_port": smtp and smtp.port,
                    "smtp_encryption": smtp and smtp.encryption.value,
                    "smtp_user": preset and preset.user,
                    "from_filter": preset and preset.sender,
                    "login": "oauth" if preset and wizard._oauth(preset)[1] else "password",
                    "imap_host": imap and imap.host,
                    "imap_port": imap and imap.port,
                    "imap_user": imap and preset.incoming_user,
                    **{name: provider and getattr(provider, name) for name in LIMITS},
                }
            )

    # === SAYING WHAT WAS FOUND === #

    @api.depends(*_DEPENDS)
    def _compute_found(self):
        for wizard in self:
            values = dict.fromkeys(("problem", "found", "sources", "needs", "page"), False)
            try:
                if preset := wizard._preset():
                    values |= wizard._describe(preset)
                elif wizard.address:
                    values |= wizard._describe_nothing()
            except AutoconfigError as error:
                words = self.env._(AUTOCONFIG_PROBLEMS[error.reason.value])
                values["problem"] = words % error.detail if "%s" in words else words
            wizard.update(values)

    def _describe(self, preset):
        """Where the settings come from, and what they need: values of the fields for people."""
        provider = preset.provider
        if self.config_file:
            found = self.env._("From the file %s.", self.config_name or "config-v1.1.xml")
        elif not provider:
            found = self.env._("The domain says so itself, in its DNS record %s.", preset.proof)
        elif not preset.proof:
            found = self.env._("%s, as you have chosen.", provider.name)
        elif preset.proof == self._parsed().domain:
            found = self.env._(
                "%(provider)s: known by the domain %(domain)s.", provider=provider.name, domain=preset.proof
            )
        else:
            found = self.env._(
                "%(provider)s: the mails of the domain go to %(host)s.", provider=provider.name, host=preset.proof
            )
        needs = [self.env._(PRESET_NEEDS[need.value]) for need in preset.needs]
        if preset.other_domains:
            needs[-1] += " " + ", ".join(preset.other_domains[:10])
        return {
            "found": found,
            "sources": provider
            and self.env._("The settings were read on %s:", provider.read) + "\n" + "\n".join(provider.sources),
            "needs": "\n".join(needs),
            "page": provider and provider.page,
        }

    def _describe_nothing(self):
        address = self._parsed()
        if not address:
            return {"problem": self.env._("This is no e-mail address.")}
        hosts = [address.ascii_domain, *(host.rstrip(".").lower() for host in self._dns().mx)]
        for name in WITHOUT_SOURCE:
            if any(f".{host}".endswith(f".{name}") for host in hosts):
                text = self.env._(
                    "%s gives its customers servers of their own, so the table has no settings."
                    " The name of yours stands in your account there.",
                    name,
                )
                return {"found": text}
        text = self.env._(
            "Nothing is known of %s. Ask DNS, load the domain's autoconfig file, or choose the provider.",
            address.domain,
        )
        return {"found": text}

    @api.depends("address", "answers")
    def _compute_dns_text(self):
        for wizard in self:
            answers = wizard._dns()
            text = self.env._(DNS_STATES.get(answers.state, DNS_STATES[""]))
            if answers.state == "answered":
                hosts = ", ".join(host.rstrip(".") for host in answers.mx) or "–"
                services = ", ".join(answers.srv) or "–"
                text += " " + self.env._(
                    "Mail goes to: %(hosts)s. Services: %(services)s.", hosts=hosts, services=services
                )
            wizard.dns_text = text

    def _oauth(self, preset):
        """The add-on for signing in with the provider, and what it calls that if it is installed.

        :rtype: tuple[str | None, str | None]
        """
        app, method = next((_OAUTH[need] for need in preset.needs if need in _OAUTH), (None, None))
        methods = dict(self.env["ir.mail_server"]._fields["smtp_authentication"].selection)
        return app, method if method in methods else None

    @api.depends(*_DEPENDS)
    def _compute_oauth(self):
        for wizard in self:
            preset = wizard._preset_or_none()
            app, method = wizard._oauth(preset) if preset else (None, None)
            wizard.oauth_app, wizard.is_oauth_ready = app, bool(method)
