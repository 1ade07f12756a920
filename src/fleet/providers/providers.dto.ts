import { ApiProperty } from '@nestjs/swagger';
import { Matches } from 'class-validator';

export class StartBoxDto {
  @ApiProperty({ example: 'local', description: 'Name of the pool.' })
  @Matches(/^[a-z][a-z0-9-]{0,39}$/, { message: 'pool must be the name of a pool, see GET /fleet/pools' })
  pool: string;
}
