import { registry } from "@web/core/registry";
import { GraphController } from "@web/views/graph/graph_controller";
import { GraphRenderer } from "@web/views/graph/graph_renderer";
import { graphView } from "@web/views/graph/graph_view";
import { PivotController } from "@web/views/pivot/pivot_controller";
import { pivotView } from "@web/views/pivot/pivot_view";
import { DECORATIONS } from "../status_badge/status_badge";
import { MailStatisticsDashboard } from "./dashboard";

// What went well is green, as everywhere; the more is known of it, the paler.
const COLORS = {
    success: ["#1a9c80", "#21b799", "#5fcdb7", "#9ee2d5"],
    info: ["#5b8def"],
    warning: ["#f5b041", "#f8c471", "#eb9f1c"],
    danger: ["#c0392b", "#e66a5e"],
    muted: ["#adb5bd"],
};

class MailStatisticsGraphController extends GraphController {
    static template = "mail_delivery_status.StatisticsGraph";
    static components = { ...GraphController.components, MailStatisticsDashboard };
}

class MailStatisticsGraphRenderer extends GraphRenderer {
    /** Bars of a status have its colour: core's would show what was delivered in red. */
    getBarChartData() {
        const data = super.getBarChartData();
        const statuses = this.model.metaData.fields.state.selection;
        for (const dataset of data.datasets) {
            const [status] = statuses.find(([, label]) => label === dataset.label) || [];
            for (const [kind, names] of Object.entries(DECORATIONS)) {
                if (names.includes(status)) {
                    dataset.backgroundColor = COLORS[kind][names.indexOf(status) % COLORS[kind].length];
                }
            }
        }
        return data;
    }
}

class MailStatisticsPivotController extends PivotController {
    static template = "mail_delivery_status.StatisticsPivot";
    static components = { ...PivotController.components, MailStatisticsDashboard };
}

const views = registry.category("views");
views.add("mail_statistics_graph", {
    ...graphView,
    Controller: MailStatisticsGraphController,
    Renderer: MailStatisticsGraphRenderer,
});
views.add("mail_statistics_pivot", { ...pivotView, Controller: MailStatisticsPivotController });
