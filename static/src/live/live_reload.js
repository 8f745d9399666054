import { Component, xml } from "@odoo/owl";
import { registry } from "@web/core/registry";
import { standardWidgetProps } from "@web/views/widgets/standard_widget_props";
import { changedIds, useMailLive } from "./live_service";

/** In a form: the record is read again when it, or a mail of this document, has changed. Shows nothing. */
export class MailLiveReload extends Component {
    static template = xml``;
    static props = standardWidgetProps;

    setup() {
        useMailLive(
            (payload) => this.isConcerned(payload),
            () => this.reload()
        );
    }

    isConcerned(payload) {
        const { resModel, resId } = this.props.record;
        return changedIds(payload, resModel).includes(resId);
    }

    async reload() {
        const { record } = this.props;
        // What somebody is writing is not taken away.
        if (record.resId && !record.dirty) {
            await record.load();
        }
    }
}

registry.category("view_widgets").add("mail_live_reload", { component: MailLiveReload });
