/** Lies beside every backup, for whoever finds the stick or needs it in a hurry. */
export const README = `Netra: backup of an eye-screening site

Everything in this folder is encrypted. Without a password or the recovery code of the site it is of no use to anybody.
Found it? Please give it back to the clinic.

To restore, on an empty computer:
1. Install Netra and start it.
2. On the first screen choose "Restore a backup".
3. Choose this folder (or the stick).
4. Type your user name and password, or the recovery code that was printed on the first day.
5. Wait until it says that everything was checked. Then sign in as always.

Do not rename, change or delete anything in here. Netra keeps the two newest backups and removes older ones by itself.
`;
