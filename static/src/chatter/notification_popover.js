import { MessageNotificationPopover } from "@mail/core/common/message_notification_popover";
import { onWillStart, useState } from "@odoo/owl";
import { ConfirmationDialog } from "@web/core/confirmation_dialog/confirmation_dialog";
import { browser } from "@web/core/browser/browser";
import { _t } from "@web/core/l10n/translation";
import { useService } from "@web/core/utils/hooks";
import { patch } from "@web/core/utils/patch";
import { badgeClassOf } from "../status_badge/status_badge";

/** What core shows of each recipient, and below it what the mail server really answered. */
patch(MessageNotificationPopover.prototype, {
    setup() {
        super.setup(...arguments);
        this.orm = useService("orm");
        this.action = useService("action");
        this.dialog = useService("dialog");
        this.deliveries = useState({ rows: [] });
        onWillStart(() => this.loadDeliveries());
    },
    async loadDeliveries() {
        const { id, notification_ids: notifications } = this.props.message;
        if (!notifications.some((notification) => notification.notification_type === "email")) {
            return; // text messages and letters have a popover of their own
        }
        // Whoever may not read it sees what core shows.
        this.deliveries.rows = await this.orm.silent
            .call("mail.message", "delivery_details", [[id]])
            .catch(() => []);
    },
    deliveriesOf(notification) {
        const partnerId = notification.res_partner_id?.id;
        const email = (notification.mail_email_address || "").toLowerCase();
        return this.deliveries.rows.filter((row) =>
            partnerId ? row.partner_id === partnerId : !row.partner_id && row.email.toLowerCase() === email
        );
    },
    /** Of addresses that core does not name: copies, and contacts that are gone. */
    get otherDeliveries() {
        const shown = new Set(
            this.props.message.notification_ids.flatMap((one) => this.deliveriesOf(one).map((row) => row.id))
        );
        return this.deliveries.rows.filter((row) => !shown.has(row.id));
    },
    badgeClassOf,
    copyReceipt(row) {
        browser.navigator.clipboard.writeText(row.receipt);
    },
    openMail(row) {
        this.props.close?.();
        this.action.doAction({
            type: "ir.actions.act_window",
            res_model: "mail.mail",
            res_id: row.mail_id,
            views: [[false, "form"]],
        });
    },
    sendAgain(row) {
        if (row.state !== "unknown") {
            return this.reallySendAgain(row);
        }
        this.dialog.add(ConfirmationDialog, {
            body: _t("Nobody knows whether the mail arrived. Sent again, it may arrive twice."),
            confirmLabel: _t("Send again"),
            confirm: () => this.reallySendAgain(row),
            cancel: () => {},
        });
    },
    async reallySendAgain(row) {
        const action = await this.orm.call("mail.recipient", "action_send_again", [[row.id]]);
        if (action) {
            await this.action.doAction(action);
        }
        await this.loadDeliveries();
    },
});
