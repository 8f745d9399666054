import { registry } from "@web/core/registry";
import { listView } from "@web/views/list/list_view";
import { ListController } from "@web/views/list/list_controller";
import { ListRenderer } from "@web/views/list/list_renderer";
import { BufferNotices } from "../buffer_notices/buffer_notices";
import { useMailLive } from "./live_service";

/** A list of mails that follows what becomes of them. */
export class MailLiveListController extends ListController {
    setup() {
        super.setup();
        useMailLive(
            ({ mails }) => this.model.root.records.some((record) => mails.includes(record.resId)),
            () => this.lookAgain(),
            { pause: 1500, withCount: true }
        );
    }

    async lookAgain() {
        const { root } = this.model;
        if (root.editedRecord || root.isDomainSelected || this.model.useSampleModel) {
            return;
        }
        const selected = new Set(root.selection.map((record) => record.resId));
        await root.load();
        for (const record of root.records) {
            if (selected.has(record.resId)) {
                record.toggleSelection(true);
            }
        }
    }
}

export const mailLiveListView = { ...listView, Controller: MailLiveListController };
registry.category("views").add("mail_live_list", mailLiveListView);

/** The list of mails that wait: above it stands what keeps them waiting. */
export class MailBufferListRenderer extends ListRenderer {
    static template = "mail_delivery_status.BufferListRenderer";
    static components = { ...ListRenderer.components, BufferNotices };
}

registry.category("views").add("mail_buffer_list", { ...mailLiveListView, Renderer: MailBufferListRenderer });
