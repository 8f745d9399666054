import { registry } from "@web/core/registry";

// A clerk opens the app, pastes a line of a bounce, opens the mail and goes through its tabs.
registry.category("web_tour.tours").add("mail_delivery_status_mail", {
    steps: () => [
        {
            content: "The buffer is what the app opens with; go to all mails",
            trigger: ".o_main_navbar a[data-menu-xmlid='mail_delivery_status.menu_all']",
            run: "click",
        },
        {
            content: "Whom each mail is for, and why it failed",
            trigger: ".o_data_row:contains(bob@dest.test):contains(Refused):contains(No such mailbox)",
        },
        {
            content: "Paste a line",
            trigger: ".o_searchview_input",
            run: "edit <bob@dest.test>: host mx.dest.test[192.0.2.1] said: 550 5.1.1 User unknown",
        },
        {
            content: "Search",
            trigger: ".o_searchview_autocomplete .o-dropdown-item:first, .o_searchview_autocomplete li:first",
            run: "click",
        },
        {
            content: "It found the mail alone; open it",
            trigger:
                ".o_list_table:not(:has(.o_data_row:contains(alice@dest.test))) .o_data_row:contains(bob@dest.test) td[name=display_name]",
            run: "click",
        },
        {
            content: "How it stands, in words",
            trigger: "div[name=status_line]:contains(Refused):contains(It was not taken):contains(Correct the address)",
        },
        {
            content: "Nothing can be typed into it",
            trigger: ".o_form_view:not(:has(input:visible, textarea:visible, .o_form_button_save:visible))",
        },
        {
            content: "The message",
            trigger: ".o_notebook .o_field_widget[name=readable_body]:contains(Please pay)",
        },
        {
            content: "Go to the Sent tab",
            trigger: ".o_notebook a.nav-link[name=sent]",
            run: "click",
        },
        {
            content: "What it means, what to do, who acts, in the server's words",
            trigger:
                ".o_kanban_record:contains(bob@dest.test):contains(What to do):contains(You):contains(User unknown)",
        },
        {
            content: "Open the address",
            trigger: ".o_kanban_record:contains(bob@dest.test)",
            run: "click",
        },
        {
            content: "Its own form is there; close it",
            trigger: ".modal .o_form_view:contains(bob@dest.test)",
        },
        {
            content: "Close it",
            trigger: ".modal .btn-close",
            run: "click",
        },
        {
            content: "Go to the attempts",
            trigger: "body:not(:has(.modal)) .o_notebook a.nav-link[name=attempts]",
            run: "click",
        },
        {
            content: "They are told of",
            trigger: ".o_notebook:contains(For support)",
        },
    ],
});
