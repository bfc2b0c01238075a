export const unexplained = [];
