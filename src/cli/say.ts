/** A line for whoever runs the command, on standard error: standard output is for records. */
export const say = (text: string): boolean => process.stderr.write(`weir: ${text}\n`)
