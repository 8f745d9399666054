import { Component } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { standardFieldProps } from "@web/views/fields/standard_field_props";

// The frame has no rights (no script, no form, no window, no address of its own), and its policy lets nothing be loaded.
const POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:";

export class MailPreviewFrame extends Component {
    static template = "mail_delivery_status.MailPreviewFrame";
    static props = { ...standardFieldProps };

    get source() {
        const body = this.props.record.data[this.props.name] || "";
        return `<!doctype html><html><head><meta http-equiv="Content-Security-Policy" content="${POLICY}"></head><body>${body}</body></html>`;
    }

    get title() {
        return _t("Text of the e-mail");
    }
}

export class MailPreviewChoice extends Component {
    static template = "mail_delivery_status.MailPreviewChoice";
    static props = { ...standardFieldProps, choices: String };

    get choices() {
        return this.props.record.data[this.props.choices] || [];
    }

    choose(event) {
        this.props.record.update({ [this.props.name]: Number(event.target.value) });
    }
}

registry.category("fields").add("mail_preview_frame", {
    component: MailPreviewFrame,
    supportedTypes: ["text"],
});
registry.category("fields").add("mail_preview_choice", {
    component: MailPreviewChoice,
    supportedTypes: ["integer"],
    extractProps: ({ options }) => ({ choices: options.choices }),
});
