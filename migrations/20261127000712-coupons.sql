-- What a purchase really cost its buyer before tax: less than its price when a coupon was used. Null: not paid yet, or paid in full.
ALTER TABLE credit_purchase ADD paid_micros bigint CHECK (paid_micros BETWEEN 0 AND price_micros);
