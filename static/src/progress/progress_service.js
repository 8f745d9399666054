import { registry } from "@web/core/registry";
import { reactive } from "@odoo/owl";

// Follows the mails that somebody released together; the server tells by bus what has become of them.
export const progressService = {
    dependencies: ["bus_service"],
    start(env, { bus_service }) {
        const runs = reactive([]);
        bus_service.subscribe("mail_delivery_status/progress", ({ release_key, sent, failed, put_off }) => {
            const run = runs.find((run) => run.key === release_key);
            if (run) {
                Object.assign(run, { sent, failed, putOff: put_off });
            }
        });
        bus_service.start();
        return {
            runs,
            follow(key, total) {
                runs.push({ key, total, sent: 0, failed: 0, putOff: 0 });
            },
            close(key) {
                const index = runs.findIndex((run) => run.key === key);
                if (index >= 0) {
                    runs.splice(index, 1);
                }
            },
        };
    },
};

registry.category("services").add("mail_delivery_status.progress", progressService);

registry.category("actions").add("mail_delivery_status.progress", (env, action) => {
    env.services["mail_delivery_status.progress"].follow(action.params.release_key, action.params.total);
    return { type: "ir.actions.client", tag: "soft_reload" };
});
