import { registry } from "@web/core/registry";

// An administrator starts an import and looks at it, without reloading. No test commits, so what is then told by bus is
// told here.
registry.category("web_tour.tours").add("mail_delivery_status_import", {
    steps: () => [
        {
            content: "Start it",
            trigger: ".o_form_view button[name=action_start]",
            run: "click",
        },
        {
            content: "It runs; another process goes on with it",
            trigger: ".o_form_view:contains(This goes on by itself):has(.o_field_widget[name=progress]:contains(0))",
            async run() {
                const { orm, ...services } = odoo.__WOWL_DEBUG__.root.env.services;
                const name = ["mail_delivery_status", "ir_cron_mail_import"];
                const [, cronId] = await orm.call("ir.model.data", "check_object_reference", name);
                await orm.call("ir.cron", "method_direct_trigger", [[cronId]]);
                const importId = Number(window.location.pathname.split("/").pop());
                const payload = { mails: [], documents: { "mail.import": [importId] } };
                services["mail_delivery_status.live"].bus.trigger("changed", payload);
            },
        },
        {
            content: "The bar has moved, and so have the figures",
            trigger: ".o_form_view:has(.o_field_widget[name=progress]:contains(100)) .o_field_widget[name=imported_count]:contains(2)",
        },
        {
            content: "What was left out, and why",
            trigger: ".o_field_widget[name=line_ids] .o_data_row:contains(Received, not sent)",
        },
        {
            content: "It is done",
            trigger: ".o_form_view .o_arrow_button_current:contains(Done)",
        },
    ],
});
