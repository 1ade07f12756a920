import { account, keys } from './studio/account.js';
import { create } from './studio/create.js';
import { mask, edit } from './studio/edit.js';
import { gallery, asset, parameter } from './studio/gallery.js';
import { job, jobs } from './studio/jobs.js';
import { models } from './studio/models.js';
import { studioMoney } from './studio/money.js';
import { auth } from './studio/sign-in.js';

/** English words of the studio, by page. */
export const studioWords = {
  pages: {
    create: 'Create',
    gallery: 'Gallery',
    jobs: 'Jobs',
    models: 'Models',
    credits: 'Credits',
    keys: 'API keys',
    account: 'Account',
    settings: 'Settings',
  },
  auth,
  create,
  job,
  jobs,
  gallery,
  asset,
  parameter,
  mask,
  edit,
  models,
  account,
  keys,
  ...studioMoney,
} as const;
