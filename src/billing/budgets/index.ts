export { BudgetsModule } from './budgets.module.js';
export { Budgets } from './budgets.service.js';
export { BudgetAlerts, type AlertNews } from './budget-alerts.service.js';
