import { Component, useState } from "@odoo/owl";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";

export class SendingProgress extends Component {
    static template = "mail_delivery_status.SendingProgress";
    static props = {};

    setup() {
        this.progress = useService("mail_delivery_status.progress");
        this.action = useService("action");
        this.runs = useState(this.progress.runs);
    }

    left(run) {
        return Math.max(run.total - run.sent - run.failed - run.putOff, 0);
    }

    percent(run) {
        return Math.round((100 * (run.total - this.left(run))) / Math.max(run.total, 1));
    }

    show(run) {
        this.action.doAction("mail_delivery_status.mail_mail_action_all", {
            additionalContext: { search_default_release_key: run.key },
        });
    }
}

registry.category("main_components").add("mail_delivery_status.SendingProgress", { Component: SendingProgress });
