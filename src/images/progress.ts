/** The stages of a build, in the order in which they happen. A cached image goes from `resolve` to `ready`. */
export type BuildStage = "resolve" | "download" | "unpack" | "pack" | "ready";

/** Called at the start of each piece of work; `detail` is one line for a person to read. */
export type ProgressListener = (stage: BuildStage, detail: string) => void;
