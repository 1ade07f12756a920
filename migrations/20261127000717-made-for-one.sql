-- A version that was made for one customer is given to that customer only: it is not what the plan is to everybody else.
ALTER TABLE plan_version ADD offered boolean NOT NULL DEFAULT true;

-- As before, of what is offered.
CREATE OR REPLACE FUNCTION plan_of(p_tenant uuid, OUT plan text, OUT version int, OUT period_anchor timestamptz) LANGUAGE sql STABLE AS $$
  SELECT plan, version, period_anchor FROM (
    SELECT 1 AS choice, plan, version, period_anchor FROM tenant_plan WHERE tenant_id = p_tenant
    UNION ALL
    SELECT 2, plan, version, least(coalesce(instant_of(p_tenant), now()), now()) FROM plan_version WHERE plan = 'free' AND effective_from <= now() AND offered
  ) AS of_tenant ORDER BY choice, version DESC LIMIT 1
$$;
