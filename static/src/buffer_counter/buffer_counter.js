import { Component, useState } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";

/** In the top bar: how many mails wait that this person sees. Nothing where none waits. */
export class BufferCounter extends Component {
    static template = "mail_delivery_status.BufferCounter";
    static props = {};

    setup() {
        this.action = useService("action");
        this.waiting = useState(useService("mail_delivery_status.live").waiting);
    }

    get number() {
        return this.waiting.count + (this.waiting.more ? "+" : "");
    }

    get label() {
        return _t("E-mails that wait to be sent: %s", this.number);
    }

    open() {
        this.action.doAction("mail_delivery_status.mail_mail_action_queued", { clearBreadcrumbs: true });
    }
}

registry
    .category("systray")
    .add("mail_delivery_status.BufferCounter", { Component: BufferCounter }, { sequence: 22 });
