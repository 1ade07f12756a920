/** A ticket names a task and the attempt it stands for; there is nothing else in a lane's queue. */
export const ticketOf = (taskId: string, attempt: number): string => `${taskId}_${attempt}`;

export function parseTicket(ticket: string): { taskId: string; attempt: number } {
  const at = ticket.lastIndexOf('_');
  return { taskId: ticket.slice(0, at), attempt: Number(ticket.slice(at + 1)) };
}
