import { registry } from "@web/core/registry";
import { GraphController } from "@web/views/graph/graph_controller";
import { graphView } from "@web/views/graph/graph_view";
import { PivotController } from "@web/views/pivot/pivot_controller";
import { pivotView } from "@web/views/pivot/pivot_view";
import { MailStatisticsDashboard } from "./dashboard";

class MailStatisticsGraphController extends GraphController {
    static template = "mail_delivery_status.StatisticsGraph";
    static components = { ...GraphController.components, MailStatisticsDashboard };
}

class MailStatisticsPivotController extends PivotController {
    static template = "mail_delivery_status.StatisticsPivot";
    static components = { ...PivotController.components, MailStatisticsDashboard };
}

const views = registry.category("views");
views.add("mail_statistics_graph", { ...graphView, Controller: MailStatisticsGraphController });
views.add("mail_statistics_pivot", { ...pivotView, Controller: MailStatisticsPivotController });
