export { BudgetsModule } from './budgets.module.js';
export { Budgets } from './budgets.service.js';
export { BudgetAlerts } from './budget-alerts.service.js';
