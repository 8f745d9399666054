import { registry } from "@web/core/registry";
import { BadgeField, badgeField } from "@web/views/fields/badge/badge_field";

// Each word that a status of ours can have (const.py), by the colour it is shown in everywhere.
export const DECORATIONS = {
    success: ["accepted", "relayed", "delivered", "read", "expanded", "matched", "ok", "done"],
    info: ["queued", "open", "sending", "running"],
    warning: ["deferred", "delayed", "unknown", "partial", "waiting", "not_read", "unmatched", "pending", "warning"],
    danger: ["refused", "bounced", "no_address", "failed", "complaint", "danger"],
    muted: ["canceled", "imported", "aborted", "core", "dismissed", "skipped", "draft", "paused"],
};

/** The class of core's badges for a status. */
export function badgeClass(status) {
    const found = Object.keys(DECORATIONS).find((name) => DECORATIONS[name].includes(status));
    return found && found !== "muted" ? `text-bg-${found}` : "text-bg-300";
}

export class MailStatusBadge extends BadgeField {
    get badgeClass() {
        return badgeClass(this.props.record.data[this.props.name]);
    }
}

registry.category("fields").add("mail_status_badge", {
    ...badgeField,
    component: MailStatusBadge,
    additionalClasses: ["o_field_badge"], // for core's style
});
