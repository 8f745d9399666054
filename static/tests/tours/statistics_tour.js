import { registry } from "@web/core/registry";

const tile = (name) => `.o_mail_statistics [data-tile=${name}]`;

registry.category("web_tour.tours").add("mail_delivery_status_statistics", {
    steps: () => [
        {
            content: "What came back this month, of the mails that were taken",
            trigger: ".o_mail_statistics [data-period=month]",
            run: "click",
        },
        { trigger: `.o_mail_statistics [data-period=month][aria-pressed=true]` },
        { trigger: `${tile("taken")}:contains(2)` },
        { trigger: `${tile("returned")}:contains(50 %)` },
        { trigger: ".o_graph_canvas_container canvas" },
        {
            content: "The keyboard reaches the figures",
            trigger: tile("returned"),
            run({ anchor }) {
                anchor.focus();
                if (document.activeElement !== anchor) {
                    throw new Error("the figure takes no focus");
                }
            },
        },
        { content: "They lead to the mails behind them", trigger: tile("returned"), run: "click" },
        { trigger: ".o_list_view:not(:contains(alice@dest.test)) .o_data_row:contains(returned@dest.test)" },
        {
            content: "And these to the mail",
            trigger: ".o_data_row .o_data_cell[name=email]",
            run: "click",
        },
        { trigger: ".o_form_view" },
        { trigger: ".breadcrumb .o_back_button", run: "click" },
        { trigger: ".o_list_view .o_data_row" },
        { content: "Back", trigger: ".breadcrumb-item:contains(Statistics) a", run: "click" },
        { trigger: `.o_mail_statistics [data-period=month][aria-pressed=true]` },
        { content: "The same as a table", trigger: ".o_switch_view.o_pivot", run: "click" },
        { trigger: `.o_pivot_view ${tile("taken")}` },
        { trigger: ".o_pivot th:contains(Came back (%))" },
    ],
});
