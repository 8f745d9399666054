import { Component, onWillDestroy, onWillStart, useState, useSubEnv } from "@odoo/owl";
import { browser } from "@web/core/browser/browser";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { FormController } from "@web/views/form/form_controller";
import { formView } from "@web/views/form/form_view";
import { standardWidgetProps } from "@web/views/widgets/standard_widget_props";

const ICONS = { ok: "fa-check text-success", warning: "fa-exclamation-triangle text-warning", failed: "fa-times text-danger" };

/** While its server is checked the dialog knows how long that has taken, and the steps that the bus has told of. */
export class MailServerDoctorController extends FormController {
    setup() {
        this.check = useState({ isRunning: false, seconds: 0, limit: 0, steps: [] });
        useSubEnv({ mailServerCheck: this.check });
        super.setup();
        const bus = useService("bus_service");
        const onStep = (payload) => this.onStep(payload);
        bus.subscribe("mail_delivery_status/doctor", onStep);
        bus.start();
        onWillDestroy(() => {
            bus.unsubscribe("mail_delivery_status/doctor", onStep);
            browser.clearInterval(this.clock);
        });
    }

    async beforeExecuteActionButton(params) {
        const saved = await super.beforeExecuteActionButton(params);
        if (saved !== false && params.name === "action_check") {
            const limit = this.model.root.data.seconds;
            Object.assign(this.check, { isRunning: true, seconds: 0, limit, steps: [] });
            const begin = Date.now();
            browser.clearInterval(this.clock);
            this.clock = browser.setInterval(() => {
                this.check.seconds = Math.min(Math.floor((Date.now() - begin) / 1000), limit);
            }, 250);
        }
        return saved;
    }

    async afterExecuteActionButton(params) {
        browser.clearInterval(this.clock);
        this.check.isRunning = false;
        return super.afterExecuteActionButton(params);
    }

    onStep({ doctor_id, ...step }) {
        if (!this.check.isRunning || doctor_id !== this.model.root.resId) {
            return;
        }
        const known = this.check.steps.find((one) => one.step === step.step);
        if (known) {
            Object.assign(known, step); // it came out otherwise in the end
        } else {
            this.check.steps.push(step);
        }
    }
}

registry.category("views").add("mail_server_doctor_form", { ...formView, Controller: MailServerDoctorController });

/** What is known so far of a check that runs. Shows nothing at any other time. */
export class MailServerCheck extends Component {
    static template = "mail_delivery_status.MailServerCheck";
    static props = standardWidgetProps;

    setup() {
        this.check = useState(this.env.mailServerCheck);
        const fields = useService("field");
        onWillStart(async () => {
            const { step } = await fields.loadFields("mail.server.doctor.step", { fieldNames: ["step"] });
            this.labels = Object.fromEntries(step.selection);
        });
    }

    get clock() {
        return _t("%(seconds)s of at most %(limit)s seconds", this.check);
    }

    get percent() {
        return Math.round((100 * this.check.seconds) / Math.max(this.check.limit, 1));
    }

    icon(step) {
        return ICONS[step.outcome] || "fa-minus text-muted";
    }
}

registry.category("view_widgets").add("mail_server_check", { component: MailServerCheck });
