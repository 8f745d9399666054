import { registry } from "@web/core/registry";

// A clerk opens an invoice whose mail came back, and follows the trace to the Sent tab.
registry.category("web_tour.tours").add("mail_delivery_status_report", {
    steps: () => [
        {
            content: "The invoice says that its mail did not arrive, and why",
            trigger: "div[name=mail_failed]:contains(did not arrive):contains(There is no such mailbox)",
        },
        {
            content: "So does the chatter",
            trigger: ".o-mail-Message:contains(This e-mail came back):contains(alice@dest.test)",
        },
        {
            content: "Open the mail",
            trigger: "button[name=action_open_mails]",
            run: "click",
        },
        {
            content: "The form says in words that it came back, and why",
            trigger: "div[name=status_line]:contains(Returned):contains(There is no such mailbox)",
        },
        {
            content: "Go to the Sent tab",
            trigger: ".o_notebook a.nav-link[name=sent]",
            run: "click",
        },
        {
            content: "The recipient's card says so, and what to do",
            trigger:
                ".o_field_widget[name=recipient_status_ids] .o_kanban_record:contains(alice@dest.test):contains(Returned):contains(no such mailbox):contains(Correct the address)",
        },
        {
            content: "Go to what came back",
            trigger: ".o_notebook a.nav-link[name=returned]",
            run: "click",
        },
        {
            content: "It came back, for good",
            trigger:
                "div[name=came_back]:contains(This mail came back):contains(For good):contains(5.1.1)",
        },
        {
            content: "The server's own words are there",
            trigger: "div[name=came_back]:contains(User unknown)",
        },
        {
            content: "The report itself, which holds the token of the envelope, is for administrators",
            trigger:
                ".o_field_widget[name=report_ids] .o_data_row:contains(Came back):not(:has(button[name=action_download_source]))",
        },
    ],
});
