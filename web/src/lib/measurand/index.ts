export * from './measurand';
export * from './names';
export * from './quantities';
export * from './rows';
export * from './wiring';
