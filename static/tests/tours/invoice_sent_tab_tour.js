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
            content: "The form says in words that the mail server took it, and names the receipt",
            trigger: "div[name=status_line]:contains(Accepted):contains(The mail server took it):contains(Receipt)",
        },
        {
            content: "Whom it went to",
            trigger: ".o_field_widget[name=addressees]:contains(alice@dest.test)",
        },
        {
            content: "Its message is there to read",
            trigger: ".o_field_widget[name=readable_body]:contains(invoice)",
        },
        {
            content: "Nothing came back, so there is no tab for it; go to the Sent tab",
            trigger: ".o_notebook:not(:has(a.nav-link[name=returned])) a.nav-link[name=sent]",
            run: "click",
        },
        {
            content: "The recipient has a card with the reply code 250 and the server's own words",
            trigger:
                ".o_field_widget[name=recipient_status_ids] .o_kanban_record:contains(alice@dest.test):contains(250):contains(queued as)",
        },
        {
            content: "The receipt can be copied",
            trigger: ".o_field_widget[name=smtp_receipt] .o_clipboard_button",
        },
        {
            content: "The attempts are on a tab of their own",
            trigger: ".o_notebook a.nav-link[name=attempts]",
            run: "click",
        },
        {
            content: "The attempt has a line",
            trigger: ".o_field_widget[name=transaction_ids] .o_data_row:contains(127.0.0.1)",
        },
    ],
});
