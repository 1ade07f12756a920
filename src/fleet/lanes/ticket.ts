/** A ticket names a task and the attempt it stands for; there is nothing else in a lane's queue. */
export const ticketOf = (taskId: string, attempt: number): string => `${taskId}_${attempt}`;
