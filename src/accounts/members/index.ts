export { MembersModule } from './members.module.js';
export { Members } from './members.service.js';
export type { Member, Standing } from './member.js';
