export { UsersModule } from './users.module.js';
export { Users } from './users.service.js';
export { PasswordHasher } from './password-hasher.service.js';
export { passwordFaults } from './password.js';
export { emailTaken, wrongCurrentPassword } from './users.errors.js';
export { normalEmail, type Account, type UserView } from './user.js';
export { UpdateMeDto } from './users.dto.js';
