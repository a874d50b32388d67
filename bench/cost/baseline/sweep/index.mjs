/** The sample repairs nothing. */
export const handler = async () => ({});
