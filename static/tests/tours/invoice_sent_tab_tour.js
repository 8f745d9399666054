import { registry } from "@web/core/registry";

// As a clerk does it: send the invoice from its form, open its mail, look at the Sent tab.
registry.category("web_tour.tours").add("mail_delivery_status_invoice_sent_tab", {
    steps: () => [
        {
            content: "Send the invoice",
            trigger: "button[name=action_invoice_sent]:visible",
            run: "click",
        },
        {
            content: "Send it really",
            trigger: ".modal button[name=action_send_and_print]:enabled",
            run: "click",
        },
        {
            content: "Open the mails of the invoice",
            trigger: "body:not(:has(.modal)) button[name=action_open_mails]",
            run: "click",
        },
        {
            content: "Go to the Sent tab",
            trigger: ".o_notebook a.nav-link[name=sent]",
            run: "click",
        },
        {
            content: "The reply code is 250",
            trigger: ".o_field_widget[name=smtp_code]:contains(250)",
        },
        {
            content: "The server's own words are there",
            trigger: ".o_field_widget[name=smtp_reply]:contains(queued as)",
        },
        {
            content: "The receipt can be copied",
            trigger: ".o_field_widget[name=smtp_receipt] .o_clipboard_button",
        },
        {
            content: "The recipient has a line",
            trigger:
                ".o_field_widget[name=recipient_status_ids] .o_data_row:contains(alice@dest.test):contains(250)",
        },
        {
            content: "The attempt has a line",
            trigger: ".o_field_widget[name=transaction_ids] .o_data_row:contains(127.0.0.1)",
        },
    ],
});
