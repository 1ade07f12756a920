import { Module } from '@nestjs/common';
import { AuditModule } from '../../accounts/audit/index.js';
import { MembersModule } from '../../accounts/members/index.js';
import { TenantsModule } from '../../accounts/tenants/index.js';
import { PlansModule } from '../plans/index.js';
import { LedgerCare } from './ledger-care.service.js';
import { LedgerProof } from './ledger-proof.service.js';
import { LedgerController } from './ledger.controller.js';
import { LedgerRepository } from './ledger.repository.js';
import { Ledger } from './ledger.service.js';
import { LedgerSystemRepository } from './ledger.system.repository.js';
import { LowBalanceNews } from './low-balance-news.service.js';
import { LowBalanceRepository } from './low-balance.repository.js';
import { LowBalance } from './low-balance.service.js';
import { SalesRepository } from './sales.repository.js';
import { Sales } from './sales.service.js';
import { SalesSystemRepository } from './sales.system.repository.js';

@Module({
  imports: [AuditModule, MembersModule, TenantsModule, PlansModule],
  controllers: [LedgerController],
  providers: [
    Ledger,
    LedgerCare,
    LedgerProof,
    LedgerRepository,
    LedgerSystemRepository,
    LowBalance,
    LowBalanceNews,
    LowBalanceRepository,
    Sales,
    SalesRepository,
    SalesSystemRepository,
  ],
  exports: [Ledger, LedgerCare, LedgerProof, LowBalance, Sales],
})
export class LedgerModule {}
