import { registry } from "@web/core/registry";

// An administrator types an address, sees what is known of it, and makes the mail server.
registry.category("web_tour.tours").add("mail_delivery_status_mail_server_preset", {
    steps: () => [
        {
            content: "Type the address",
            trigger: ".modal .o_field_widget[name=address] input",
            run: "edit no-office@op.pl && press Tab",
        },
        {
            content: "It says what it is known by",
            trigger: ".modal .alert-info:contains(known by the domain op.pl)",
        },
        {
            content: "The server is filled in; nobody asks for a password",
            trigger: ".modal:not(:has(input[type=password])) .o_field_widget[name=smtp_host] input:value(smtp.poczta.onet.pl)",
        },
        {
            content: "Watch the mailbox, too",
            trigger: ".modal .o_field_widget[name=is_watch] input",
            run: "click",
        },
        {
            content: "The mailbox is filled in",
            trigger: ".modal .o_field_widget[name=imap_host] input:value(imap.poczta.onet.pl)",
        },
        {
            content: "Make it",
            trigger: ".modal button[name=action_apply]:contains(Make the server)",
            run: "click",
        },
        {
            content: "The server is shown, archived",
            trigger: "body:not(:has(.modal)) .o_form_view .ribbon:contains(Archived)",
        },
        {
            content: "It says what to do next",
            trigger: ".o_notification:contains(Enter the password):contains(until you test and confirm it)",
        },
    ],
});
