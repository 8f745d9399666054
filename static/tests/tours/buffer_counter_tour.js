import { registry } from "@web/core/registry";

// From anywhere in Odoo: how many mails wait, and what they are.
registry.category("web_tour.tours").add("mail_delivery_status_buffer_counter", {
    steps: () => [
        {
            content: "Two mails wait; it is said in words, too",
            trigger: ".o_mail_buffer_counter[aria-label$=': 2']:contains(2)",
            run: "click",
        },
        {
            content: "The list of what waits opens",
            trigger: ".o_breadcrumb .active:contains(To send)",
        },
        {
            content: "Both are there",
            trigger: ".o_list_view .o_data_row:eq(1)",
        },
    ],
});
