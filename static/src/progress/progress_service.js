import { browser } from "@web/core/browser/browser";
import { registry } from "@web/core/registry";
import { reactive } from "@odoo/owl";

// Milliseconds after which what went well needs nobody's attention any more.
const CLOSE_AFTER = 10000;

// Follows the mails that somebody released together; the server tells by bus what has become of them.
export const progressService = {
    dependencies: ["bus_service"],
    start(env, { bus_service }) {
        const runs = reactive([]);
        const close = (key) => {
            const index = runs.findIndex((run) => run.key === key);
            if (index >= 0) {
                runs.splice(index, 1);
            }
        };
        bus_service.subscribe("mail_delivery_status/progress", ({ release_key: key, sent, failed, put_off }) => {
            const run = runs.find((run) => run.key === key);
            if (run) {
                Object.assign(run, { sent, failed, putOff: put_off });
                if (sent >= run.total) {
                    browser.setTimeout(() => close(key), CLOSE_AFTER);
                }
            }
        });
        bus_service.start();
        return {
            runs,
            follow(key, total) {
                runs.push({ key, total, sent: 0, failed: 0, putOff: 0 });
            },
            close,
        };
    },
};

registry.category("services").add("mail_delivery_status.progress", progressService);

registry.category("actions").add("mail_delivery_status.progress", (env, action) => {
    const { release_key, total, left_out } = action.params;
    env.services["mail_delivery_status.progress"].follow(release_key, total);
    if (left_out) {
        env.services.notification.add(left_out, { type: "warning", sticky: true });
    }
    return { type: "ir.actions.client", tag: "soft_reload" };
});
