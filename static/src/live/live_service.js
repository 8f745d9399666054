import { EventBus, onWillUnmount, reactive } from "@odoo/owl";
import { browser } from "@web/core/browser/browser";
import { registry } from "@web/core/registry";
import { user } from "@web/core/user";
import { useService } from "@web/core/utils/hooks";

/**
 * Calls a function at most every so often, soon after the first wish and once more after the last one; never while the
 * page is hidden, but as soon as it is seen again.
 *
 * @param {Function} callback
 * @param {number} pause milliseconds between two calls
 */
export function paced(callback, pause) {
    let timer = null;
    let isWanted = false;
    let notBefore = 0;
    const run = async () => {
        timer = null;
        if (document.visibilityState === "hidden") {
            return;
        }
        isWanted = false;
        try {
            await callback();
        } finally {
            notBefore = Date.now() + pause;
            plan();
        }
    };
    const plan = () => {
        if (isWanted && timer === null) {
            // Not all browsers of a company at the same moment.
            const delay = Math.max(notBefore - Date.now(), 0) + 150 + Math.random() * 250;
            timer = browser.setTimeout(run, delay);
        }
    };
    const onVisible = () => plan();
    document.addEventListener("visibilitychange", onVisible);
    return {
        ask() {
            isWanted = true;
            plan();
        },
        stop() {
            isWanted = false;
            browser.clearTimeout(timer);
            document.removeEventListener("visibilitychange", onVisible);
        },
    };
}

/** Tells of mails, and imports of old ones, that have changed, as the server tells it by bus, and knows how many wait. */
export const mailLiveService = {
    dependencies: ["bus_service", "orm"],
    start(env, { bus_service, orm }) {
        const bus = new EventBus();
        const waiting = reactive({ count: 0, more: false });
        const counting = paced(async () => {
            const { count, more } = await orm.silent.call("mail.mail", "waiting_count", []);
            if (count !== waiting.count || more !== waiting.more) {
                Object.assign(waiting, { count, more });
                bus.trigger("count");
            }
        }, 3000);
        const groups = ["mail_delivery_status.group_user", "base.group_system"];
        Promise.all(groups.map((group) => user.hasGroup(group))).then(([isReader, isAdministrator]) => {
            if (isReader || isAdministrator) {
                bus_service.subscribe("mail_delivery_status/changed", (payload) => {
                    bus.trigger("changed", payload);
                    counting.ask();
                });
                bus_service.start();
                counting.ask();
            }
        });
        return { bus, waiting };
    },
};

registry.category("services").add("mail_delivery_status.live", mailLiveService);

/**
 * Which records of a model a message of the bus tells of.
 *
 * @param {Object} payload
 * @param {string} resModel
 * @returns {number[]} ids
 */
export function changedIds({ mails, documents }, resModel) {
    return resModel === "mail.mail" ? mails : documents[resModel] || [];
}

/**
 * Looks again when mails have changed that a component shows.
 *
 * @param {(payload: Object) => boolean} isConcerned whether what is shown may have changed
 * @param {Function} lookAgain
 * @param {Object} [options]
 * @param {number} [options.pause] milliseconds between two looks
 * @param {boolean} [options.withCount] look again when the number of waiting mails has changed, too
 */
export function useMailLive(isConcerned, lookAgain, { pause = 1000, withCount = false } = {}) {
    const { bus } = useService("mail_delivery_status.live");
    const looking = paced(lookAgain, pause);
    const onChanged = ({ detail }) => {
        if (detail.many || isConcerned(detail)) {
            looking.ask();
        }
    };
    const onCount = () => looking.ask();
    bus.addEventListener("changed", onChanged);
    if (withCount) {
        bus.addEventListener("count", onCount);
    }
    onWillUnmount(() => {
        bus.removeEventListener("changed", onChanged);
        bus.removeEventListener("count", onCount);
        looking.stop();
    });
}
