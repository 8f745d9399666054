import { Message } from "@mail/core/common/message_model";
import { Component, onWillStart, useState } from "@odoo/owl";
import { ConfirmationDialog } from "@web/core/confirmation_dialog/confirmation_dialog";
import { browser } from "@web/core/browser/browser";
import { _t } from "@web/core/l10n/translation";
import { useService } from "@web/core/utils/hooks";
import { patch } from "@web/core/utils/patch";
import { badgeClass } from "../status_badge/status_badge";

/** In the popover of a message's envelope, below what core says: what really became of it at each address. */
export class MailDeliveries extends Component {
    static template = "mail_delivery_status.MailDeliveries";
    static props = { message: Object, close: { type: Function, optional: true } };

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.dialog = useService("dialog");
        this.state = useState({ rows: [] });
        onWillStart(() => this.load());
    }

    get isMail() {
        // Text messages and letters have no evidence of a mail server.
        const isMail = (notification) => notification.notification_type === "email";
        return this.props.message.notification_ids.some(isMail);
    }

    /** Core names an address that is alone. */
    get isNamed() {
        return this.state.rows.length > 1 || this.props.message.notification_ids.length !== 1;
    }

    /** Whether core's lines would say the same again: each has an address of ours, and several are named here. */
    get isComplete() {
        const { incoming_email_cc: cc, incoming_email_to: to, notification_ids } = this.props.message;
        return (
            this.state.rows.length > 1 &&
            ![...(cc || []), ...(to || [])].length &&
            notification_ids.every((notification) =>
                this.state.rows.some((row) => this.isOf(row, notification))
            )
        );
    }

    isOf(row, notification) {
        return (
            notification.notification_type === "email" &&
            (notification.res_partner_id
                ? notification.res_partner_id.id === row.partner_id
                : notification.mail_email_address === row.email)
        );
    }

    /** As core names a person. */
    name(row) {
        const partner = this.props.message.notification_ids.find((notification) =>
            this.isOf(row, notification)
        )?.res_partner_id;
        return partner ? `${this.props.message.getPersonaName(partner)} (${row.email})` : row.email;
    }

    async load() {
        if (!this.isMail) {
            return;
        }
        // Whoever may not read it sees what core shows, and no more.
        this.state.rows = await this.orm.silent
            .call("mail.message", "delivery_details", [[this.props.message.id]])
            .catch(() => []);
    }

    badgeClass(row) {
        return badgeClass(row.state);
    }

    copyReceipt(row) {
        browser.navigator.clipboard.writeText(row.receipt);
    }

    openMail(row) {
        this.props.close?.();
        this.action.doAction({
            type: "ir.actions.act_window",
            res_model: "mail.mail",
            res_id: row.mail_id,
            views: [[false, "form"]],
        });
    }

    sendAgain(row) {
        if (row.state !== "unknown") {
            return this.reallySendAgain(row);
        }
        this.dialog.add(ConfirmationDialog, {
            body: _t("Nobody knows whether the mail arrived. Sent again, it may arrive twice."),
            confirmLabel: _t("Try again"),
            confirm: () => this.reallySendAgain(row),
            cancel: () => {},
        });
    }

    async reallySendAgain(row) {
        const action = await this.orm.call("mail.recipient", "action_send_again", [[row.id]]);
        if (action) {
            await this.action.doAction(action);
        }
        await this.load();
    }
}

// Which class the popover is of depends on the add-ons; its template and its message are the same for all.
patch(Message.prototype, {
    get deliveries() {
        return { Component: MailDeliveries }; // a class alone would be bound, as the methods of a record are
    },
});
