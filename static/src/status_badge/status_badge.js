import { registry } from "@web/core/registry";
import { BadgeField, badgeField } from "@web/views/fields/badge/badge_field";

// Each word that a status of ours can have (const.py), by the colour it is shown in everywhere.
const DECORATIONS = {
    success: ["accepted", "relayed", "delivered", "read", "sent", "expanded", "matched", "ok"],
    info: ["queued", "open"],
    warning: ["deferred", "delayed", "unknown", "partial", "waiting", "not_read", "unmatched", "pending", "warning"],
    danger: ["refused", "bounced", "failed", "complaint"],
    muted: ["canceled", "aborted", "core", "dismissed", "skipped"],
};

export class MailStatusBadge extends BadgeField {
    get badgeClass() {
        const status = this.props.record.data[this.props.name];
        const found = Object.keys(DECORATIONS).find((name) => DECORATIONS[name].includes(status));
        return found && found !== "muted" ? `text-bg-${found}` : "text-bg-300";
    }
}

registry.category("fields").add("mail_status_badge", {
    ...badgeField,
    component: MailStatusBadge,
    additionalClasses: ["o_field_badge"], // for core's style
});
