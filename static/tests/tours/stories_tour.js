import { registry } from "@web/core/registry";

// The clerk: an invoice did not arrive. Why, what to do, and the right address.
registry.category("web_tour.tours").add("mail_delivery_status_story_clerk", {
    steps: () => [
        {
            content: "The invoice says so, in words, and what to do",
            trigger:
                "div[name=mail_failed]:contains(did not arrive):contains(no such mailbox):contains(Correct the address)",
        },
        {
            content: "Look at the mail",
            trigger: "button[name=action_open_mails]:contains(Refused)",
            run: "click",
        },
        {
            content: "The same there",
            trigger: "div[name=status_line]:contains(Refused):contains(It was not taken)",
        },
        {
            content: "Go to the Sent tab",
            trigger: ".o_notebook a.nav-link[name=sent]",
            run: "click",
        },
        {
            content: "The server's own words are there; correct the address",
            trigger: ".o_kanban_record:contains(No such user) button[name=action_correct_address]",
            run: "click",
        },
        {
            content: "The old address, and what was wrong with it; type the right one",
            trigger: ".modal:contains(wrong@dest.test) .o_field_widget[name=new_address] input",
            run: "edit right@dest.test",
        },
        {
            content: "Correct the contact, too",
            trigger: ".modal .o_field_widget[name=is_contact_corrected] input:checked",
        },
        {
            content: "Send",
            trigger: ".modal button[name=action_correct]",
            run: "click",
        },
        {
            content: "It is on its way",
            trigger: ".o_notification:contains(on its way)",
        },
    ],
});

// The manager: mails are held. How many, what do they say, correct one, let them go.
registry.category("web_tour.tours").add("mail_delivery_status_story_manager", {
    steps: () => [
        {
            content: "Two mails wait: the top bar says so",
            trigger: ".o_mail_buffer_counter:contains(2)",
            run: "click",
        },
        {
            content: "Why they wait; open the first",
            trigger: ".o_list_view .o_data_row:contains(Held until somebody releases it) td[name=display_name]:first",
            run: "click",
        },
        {
            content: "How will the recipient see it?",
            trigger: ".o_form_view button[name=action_preview]",
            run: "click",
        },
        {
            content: "The whole mail, in a frame of its own",
            trigger: ".modal .o_field_widget[name=body] iframe",
        },
        {
            content: "Close the preview",
            trigger: ".modal footer button:contains(Close)",
            run: "click",
        },
        {
            content: "Edit it",
            trigger: "body:not(:has(.modal)) .o_form_view button[name=action_edit]",
            run: "click",
        },
        {
            content: "Another subject",
            trigger: ".modal .o_field_widget[name=subject] input",
            run: "edit Corrected subject",
        },
        {
            content: "Save",
            trigger: ".modal button[name=action_save]",
            run: "click",
        },
        {
            content: "It is there",
            trigger: "body:not(:has(.modal)) .o_form_view h2:contains(Corrected subject)",
        },
        {
            content: "Back to the list",
            trigger: ".o_breadcrumb .o_back_button, .breadcrumb-item a",
            run: "click",
        },
        {
            content: "It is there, too",
            trigger: ".o_list_view .o_data_row:contains(Corrected subject)",
        },
        {
            content: "Take all of them",
            trigger: ".o_list_view thead .o_list_record_selector input",
            run: "click",
        },
        {
            content: "Both are taken",
            trigger: ".o_list_view .o_data_row_selected:eq(1)",
        },
        {
            content: "Send them now",
            trigger: ".o_control_panel button[name=action_send_now]",
            run: "click",
        },
        {
            content: "It says how far it is",
            trigger: ".o_mail_sending_progress:contains(Sending e-mails):contains(Left: 2)",
        },
    ],
});

// The administrator: a server is paused. Resume it, find a mail by a line of a log, look at the figures.
registry.category("web_tour.tours").add("mail_delivery_status_story_administrator", {
    steps: () => [
        {
            content: "The buffer says what holds it up; open the server",
            trigger: ".o_mail_buffer_notices .alert:contains(is paused) button:contains(Open)",
            run: "click",
        },
        {
            content: "Resume it",
            trigger: ".o_form_view button[name=action_resume]",
            run: "click",
        },
        {
            content: "It sends again",
            trigger: ".o_form_view:not(:contains(Paused: nothing is sent)) .o_field_widget[name=smtp_host]",
        },
        {
            content: "Back to the buffer: nothing holds it up any more",
            trigger: ".o_breadcrumb .o_back_button, .breadcrumb-item a",
            run: "click",
        },
        {
            content: "All mails",
            trigger:
                "body:not(:has(.o_mail_buffer_notices .alert:contains(is paused))) .o_main_navbar a[data-menu-xmlid='mail_delivery_status.menu_all']",
            run: "click",
        },
        {
            content: "Paste a line of the mail server's log",
            trigger: ".o_searchview_input",
            run: "edit Nov 28 10:54:01 mail postfix/smtp[12]: F11AB1C6006: to=<alice@dest.test>, status=sent",
        },
        {
            content: "Search",
            trigger: ".o_searchview_autocomplete .o-dropdown-item:first, .o_searchview_autocomplete li:first",
            run: "click",
        },
        {
            content: "It is looked for",
            trigger: ".o_searchview_facet:contains(F11AB1C6006)",
        },
        {
            content: "The mail with this receipt, and no other",
            trigger: ".o_list_table:not(:has(.o_data_row:eq(1))) .o_data_row:contains(F11AB1C6006)",
        },
        {
            content: "The statistics",
            trigger: ".o_main_navbar a[data-menu-xmlid='mail_delivery_status.menu_statistics']",
            run: "click",
        },
        {
            content: "What became of the mails, at a glance",
            trigger: ".o_mail_statistics button[data-tile=taken]",
        },
    ],
});
