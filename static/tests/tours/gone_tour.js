import { registry } from "@web/core/registry";

// Any list of evidence whose mails, contacts and servers are gone: it opens, groups, and opens a form.
registry.category("web_tour.tours").add("mail_delivery_status_gone", {
    steps: () => [
        {
            content: "The list is there; open a line",
            trigger: ".o_list_view .o_data_row .o_data_cell:first",
            run: "click",
        },
        {
            content: "The form is there; back to the list",
            trigger: ".o_form_view .o_form_sheet",
        },
        {
            content: "Back to the list",
            trigger: ".o_breadcrumb .o_back_button, .breadcrumb-item a",
            run: "click",
        },
        {
            content: "It is there again",
            trigger: ".o_list_view .o_data_row",
        },
    ],
});
