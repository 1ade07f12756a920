export const stoppedMail = (declines: number, failure: string): { subject: string; text: string } => ({
  subject: 'Automatic top-up was switched off',
  text: `The card was declined ${declines} times in a row: ${failure}\n\nNo more credits are bought automatically. Give another card in the customer portal and switch it on again under Credits in the administration.\n`,
});
