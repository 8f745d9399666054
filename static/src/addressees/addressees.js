import { Component } from "@odoo/owl";
import { registry } from "@web/core/registry";
import { standardFieldProps } from "@web/views/fields/standard_field_props";
import { _t } from "@web/core/l10n/translation";
import { badgeClass } from "../status_badge/status_badge";

const KINDS = { cc: _t("Cc"), bcc: _t("Bcc") };

/** Whom a mail is for: each address with its contact and its state. The value is that of mail.mail.addressees. */
export class Addressees extends Component {
    static template = "mail_delivery_status.Addressees";
    static props = { ...standardFieldProps };

    get value() {
        return this.props.record.data[this.props.name] || { shown: [], more: 0 };
    }

    kind(one) {
        return KINDS[one.kind];
    }

    dotClass(one) {
        return badgeClass(one.state);
    }
}

registry.category("fields").add("mail_addressees", { component: Addressees, supportedTypes: ["json"] });
