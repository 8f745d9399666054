import { Component, onMounted, onWillUnmount, useState } from "@odoo/owl";
import { browser } from "@web/core/browser/browser";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { standardWidgetProps } from "@web/views/widgets/standard_widget_props";
import { useMailLive } from "../live/live_service";

// Milliseconds; a server that works again, or a scheduled action that is late, changes no mail.
const LOOK_EVERY = 60000;

/** Why mails wait longer than they should: sending is paused, a server rests, the scheduled action is late. */
export class BufferNotices extends Component {
    static template = "mail_delivery_status.BufferNotices";
    static props = {};

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.state = useState({ notices: [] });
        useMailLive(
            () => true,
            () => this.look(),
            { pause: 5000 }
        );
        let timer;
        onMounted(() => {
            this.look();
            timer = browser.setInterval(() => this.look(), LOOK_EVERY);
        });
        onWillUnmount(() => browser.clearInterval(timer));
    }

    async look() {
        this.state.notices = await this.orm.silent.call("mail.mail", "buffer_notices", []);
    }

    open(notice) {
        this.action.doAction(notice.action);
    }
}

/** The same in the form of a mail, while that waits. */
export class BufferNoticesWidget extends Component {
    static template = "mail_delivery_status.BufferNoticesWidget";
    static components = { BufferNotices };
    static props = standardWidgetProps;

    get isWaiting() {
        return this.props.record.data.state === "outgoing";
    }
}

registry.category("view_widgets").add("mail_buffer_notices", {
    component: BufferNoticesWidget,
    fieldDependencies: [{ name: "state", type: "selection" }],
});
