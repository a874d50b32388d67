/** The sample settles nothing. */
export const handler = async () => ({});
