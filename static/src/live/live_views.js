import { registry } from "@web/core/registry";
import { KanbanController } from "@web/views/kanban/kanban_controller";
import { KanbanRenderer } from "@web/views/kanban/kanban_renderer";
import { kanbanView } from "@web/views/kanban/kanban_view";
import { ListController } from "@web/views/list/list_controller";
import { ListRenderer } from "@web/views/list/list_renderer";
import { listView } from "@web/views/list/list_view";
import { BufferNotices } from "../buffer_notices/buffer_notices";
import { changedIds, useMailLive } from "./live_service";

/**
 * Lets a list or a kanban of mails, or of imports, follow what becomes of them; what is selected stays so.
 *
 * @param {ListController | KanbanController} controller
 */
function useMailLiveRecords(controller) {
    const isShown = (payload) => {
        const { root } = controller.model;
        const ids = changedIds(payload, root.resModel);
        return root.records.some((record) => ids.includes(record.resId));
    };
    const lookAgain = async () => {
        const { root, useSampleModel } = controller.model;
        if (controller.editedRecord || root.isDomainSelected || useSampleModel) {
            return;
        }
        const selected = new Set(root.selection.map((record) => record.resId));
        await root.load();
        for (const record of root.records) {
            if (selected.has(record.resId)) {
                record.toggleSelection(true);
            }
        }
    };
    useMailLive(isShown, lookAgain, { pause: 1500, withCount: true });
}

export class MailLiveListController extends ListController {
    setup() {
        super.setup();
        useMailLiveRecords(this);
    }
}

export class MailLiveKanbanController extends KanbanController {
    setup() {
        super.setup();
        useMailLiveRecords(this);
    }
}

/** Above the mails that wait stands what keeps them waiting. */
export class MailBufferListRenderer extends ListRenderer {
    static template = "mail_delivery_status.BufferListRenderer";
    static components = { ...ListRenderer.components, BufferNotices };
}

export class MailBufferKanbanRenderer extends KanbanRenderer {
    static template = "mail_delivery_status.BufferKanbanRenderer";
    static components = { ...KanbanRenderer.components, BufferNotices };
}

export const mailLiveList = { ...listView, Controller: MailLiveListController };
export const mailLiveKanban = { ...kanbanView, Controller: MailLiveKanbanController };

registry
    .category("views")
    .add("mail_live_list", mailLiveList)
    .add("mail_live_kanban", mailLiveKanban)
    .add("mail_buffer_list", { ...mailLiveList, Renderer: MailBufferListRenderer })
    .add("mail_buffer_kanban", { ...mailLiveKanban, Renderer: MailBufferKanbanRenderer });
