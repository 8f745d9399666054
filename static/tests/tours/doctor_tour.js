import { registry } from "@web/core/registry";

// Without live messages, as in a test, the clock runs all the same, and everything is shown at the end.
registry.category("web_tour.tours").add("mail_delivery_status_doctor_slow", {
    steps: () => [
        {
            content: "Open the check",
            trigger: ".o_form_view button:contains(Check this server)",
            run: "click",
        },
        {
            content: "More time than there is",
            trigger: ".modal .o_field_widget[name=seconds] input",
            run: "edit 500 && press Tab",
        },
        {
            content: "What holds is shown",
            trigger: ".modal .o_field_widget[name=seconds] input:value(55)",
        },
        {
            content: "Check",
            trigger: ".modal footer button[name=action_check]",
            run: "click",
        },
        {
            content: "The clock runs",
            trigger: ".modal .o_mail_server_check:contains(1 of at most 55 seconds)",
        },
        {
            content: "It is done",
            trigger: ".modal .o_data_row:contains(In order):contains(Recipient)",
        },
        {
            content: "The clock is gone",
            trigger: ".modal:not(:has(.o_mail_server_check))",
        },
    ],
});

// An administrator has a server checked, reads what was said at one step, and sends a test mail.
registry.category("web_tour.tours").add("mail_delivery_status_doctor", {
    steps: () => [
        {
            content: "Open the check",
            trigger: ".o_form_view button:contains(Check this server)",
            run: "click",
        },
        {
            content: "Check",
            trigger: ".modal footer button[name=action_check]:contains(Check)",
            run: "click",
        },
        {
            content: "The server could be better: its certificate is not checked",
            trigger: ".modal .alert-warning:contains(something could be better)",
        },
        {
            content: "A step says how it went",
            trigger: ".modal .o_data_row:contains(In order) td[name=step]:contains(Login)",
            run: "click",
        },
        {
            content: "And what was said, without the password",
            trigger: ".modal .o_field_widget[name=raw]:contains(C: AUTH PLAIN ***)",
        },
        {
            content: "Back to the steps",
            trigger: ".modal .o_form_button_cancel",
            run: "click",
        },
        {
            content: "All of it can be copied",
            trigger: ".modal a.nav-link[name=report]",
            run: "click",
        },
        {
            content: "As text",
            trigger: ".modal .o_field_widget[name=report]:contains(Check of an outgoing mail server)",
        },
        {
            content: "Send a test mail",
            trigger: ".modal footer button[name=action_send_test]",
            run: "click",
        },
        {
            content: "It was taken",
            trigger: ".modal .o_data_row:contains(The server took the test mail to sales@odoo.test)",
        },
        {
            content: "Is it back?",
            trigger: ".modal footer button[name=action_look_back]",
            run: "click",
        },
        {
            content: "Not yet",
            trigger: ".modal .o_data_row:contains(Is the test mail back?):contains(Nothing has come back so far)",
        },
    ],
});
